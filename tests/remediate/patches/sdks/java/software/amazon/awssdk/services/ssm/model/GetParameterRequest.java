package software.amazon.awssdk.services.ssm.model;

/** What a patch uses of it, with the signatures that the vendor documents. */
public final class GetParameterRequest {
    /** Its builder. */
    public static final class Builder {
        String name;
        Boolean decrypted = false;

        public Builder name(String name) {
            this.name = name;
            return this;
        }

        public Builder withDecryption(Boolean withDecryption) {
            this.decrypted = withDecryption;
            return this;
        }
    }
}
