package com.azure.identity;

/** What a patch uses of it, with the signatures that the vendor documents. */
public class DefaultAzureCredentialBuilder {
    public DefaultAzureCredential build() {
        return new DefaultAzureCredential();
    }
}
