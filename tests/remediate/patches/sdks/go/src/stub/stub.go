// Package stub answers for all stores: the secret, by a name that is noted.
package stub

import "os"

// Answer returns the secret.
func Answer(name string) *string {
	os.Setenv("ASKED", os.Getenv("ASKED")+name+" ")
	secret := os.Getenv("STUB_SECRET")
	return &secret
}
