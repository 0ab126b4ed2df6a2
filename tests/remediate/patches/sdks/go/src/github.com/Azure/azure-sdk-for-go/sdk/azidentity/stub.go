// What a patch uses of it, with the signatures that the vendor documents.
package azidentity

import "github.com/Azure/azure-sdk-for-go/sdk/azcore"

type DefaultAzureCredentialOptions struct{}

type DefaultAzureCredential struct{ azcore.Any }

func NewDefaultAzureCredential(options *DefaultAzureCredentialOptions) (*DefaultAzureCredential, error) {
	return &DefaultAzureCredential{}, nil
}
