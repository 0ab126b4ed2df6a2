// What a patch uses of it, with the signatures that the vendor documents.
package secretsmanager

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"stub"
)

type Options struct{}

type Client struct{}

type GetSecretValueInput struct{ SecretId *string }

type GetSecretValueOutput struct{ SecretString *string }

func NewFromConfig(cfg aws.Config, optFns ...func(*Options)) *Client { return &Client{} }

func (c *Client) GetSecretValue(ctx context.Context, params *GetSecretValueInput, optFns ...func(*Options)) (*GetSecretValueOutput, error) {
	return &GetSecretValueOutput{stub.Answer(*params.SecretId)}, nil
}
