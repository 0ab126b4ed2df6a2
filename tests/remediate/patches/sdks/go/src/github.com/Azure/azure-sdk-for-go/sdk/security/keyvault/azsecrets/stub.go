// What a patch uses of it, with the signatures that the vendor documents.
package azsecrets

import (
	"context"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"stub"
)

type ClientOptions struct{}

type Client struct{ vault string }

type GetSecretOptions struct{}

type Secret struct{ Value *string }

type GetSecretResponse struct{ Secret }

func NewClient(vaultURL string, credential azcore.TokenCredential, options *ClientOptions) (*Client, error) {
	return &Client{vaultURL}, nil
}

func (client *Client) GetSecret(ctx context.Context, name string, version string, options *GetSecretOptions) (GetSecretResponse, error) {
	return GetSecretResponse{Secret{stub.Answer(client.vault + "/secrets/" + name)}}, nil
}
