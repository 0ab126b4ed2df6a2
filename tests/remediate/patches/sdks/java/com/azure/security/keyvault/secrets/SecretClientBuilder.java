package com.azure.security.keyvault.secrets;

import com.azure.core.credential.TokenCredential;

/** What a patch uses of it, with the signatures that the vendor documents. */
public final class SecretClientBuilder {
    private String vault;
    private TokenCredential credential;

    public SecretClientBuilder vaultUrl(String vaultUrl) {
        this.vault = vaultUrl;
        return this;
    }

    public SecretClientBuilder credential(TokenCredential credential) {
        this.credential = credential;
        return this;
    }

    public SecretClient buildClient() {
        return new SecretClient(vault, java.util.Objects.requireNonNull(credential));
    }
}
