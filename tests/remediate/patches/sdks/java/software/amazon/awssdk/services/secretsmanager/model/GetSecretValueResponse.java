package software.amazon.awssdk.services.secretsmanager.model;

/** What a patch uses of it, with the signatures that the vendor documents. */
public final class GetSecretValueResponse {
    private final String value;

    public GetSecretValueResponse(String value) {
        this.value = value;
    }

    public String secretString() {
        return value;
    }
}
