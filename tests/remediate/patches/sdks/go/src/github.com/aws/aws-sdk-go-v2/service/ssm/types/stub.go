// What a patch uses of it, with the signatures that the vendor documents.
package types

type Parameter struct{ Value *string }
