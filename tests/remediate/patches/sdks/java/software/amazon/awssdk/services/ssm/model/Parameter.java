package software.amazon.awssdk.services.ssm.model;

/** What a patch uses of it, with the signatures that the vendor documents. */
public final class Parameter {
    private final String value;

    Parameter(String value) {
        this.value = value;
    }

    public String value() {
        return value;
    }
}
