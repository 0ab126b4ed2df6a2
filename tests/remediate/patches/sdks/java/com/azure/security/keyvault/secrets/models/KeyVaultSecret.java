package com.azure.security.keyvault.secrets.models;

/** What a patch uses of it, with the signatures that the vendor documents. */
public class KeyVaultSecret {
    private final String value;

    public KeyVaultSecret(String name, String value) {
        this.value = value;
    }

    public String getValue() {
        return value;
    }
}
