package com.azure.security.keyvault.secrets;

import com.azure.core.credential.TokenCredential;
import com.azure.security.keyvault.secrets.models.KeyVaultSecret;

/** What a patch uses of it, with the signatures that the vendor documents. */
public final class SecretClient {
    private final String vault;

    SecretClient(String vault, TokenCredential credential) {
        this.vault = vault;
    }

    public KeyVaultSecret getSecret(String name) {
        return new KeyVaultSecret(name, stub.Stored.answer(vault + "/secrets/" + name));
    }
}
