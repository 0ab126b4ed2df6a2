package com.azure.identity;

import com.azure.core.credential.TokenCredential;

/** What a patch uses of it, with the signatures that the vendor documents. */
public final class DefaultAzureCredential implements TokenCredential {
}
