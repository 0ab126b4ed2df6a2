// What a patch uses of it, with the signatures that the vendor documents.
package azcore

type TokenCredential interface{ token() }

// Any is one that the stubs can make.
type Any struct{}

func (Any) token() {}
