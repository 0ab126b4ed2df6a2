package software.amazon.awssdk.services.secretsmanager.model;

/** What a patch uses of it, with the signatures that the vendor documents. */
public final class GetSecretValueRequest {
    /** Its builder. */
    public static final class Builder {
        private String name;

        public Builder secretId(String secretId) {
            this.name = secretId;
            return this;
        }

        public String name() {
            return name;
        }
    }
}
