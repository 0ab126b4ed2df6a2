// What a patch uses of it, with the signatures that the vendor documents.
package aws

type Config struct{}

func String(v string) *string { return &v }

func Bool(v bool) *bool { return &v }
