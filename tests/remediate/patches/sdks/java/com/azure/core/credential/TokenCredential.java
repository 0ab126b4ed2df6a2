package com.azure.core.credential;

/** What a patch uses of it, with the signatures that the vendor documents. */
public interface TokenCredential {
}
