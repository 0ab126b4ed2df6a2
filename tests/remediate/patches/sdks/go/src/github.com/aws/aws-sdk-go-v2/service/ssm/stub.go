// What a patch uses of it, with the signatures that the vendor documents.
package ssm

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssm/types"
	"stub"
)

type Options struct{}

type Client struct{}

type GetParameterInput struct {
	Name           *string
	WithDecryption *bool
}

type GetParameterOutput struct{ Parameter *types.Parameter }

func NewFromConfig(cfg aws.Config, optFns ...func(*Options)) *Client { return &Client{} }

func (c *Client) GetParameter(ctx context.Context, params *GetParameterInput, optFns ...func(*Options)) (*GetParameterOutput, error) {
	if params.WithDecryption == nil || !*params.WithDecryption {
		return &GetParameterOutput{&types.Parameter{Value: aws.String("ciphertext")}}, nil
	}
	return &GetParameterOutput{&types.Parameter{Value: stub.Answer(*params.Name)}}, nil
}
