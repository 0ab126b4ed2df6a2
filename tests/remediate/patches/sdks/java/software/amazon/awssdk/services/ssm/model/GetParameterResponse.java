package software.amazon.awssdk.services.ssm.model;

/** What a patch uses of it, with the signatures that the vendor documents. */
public final class GetParameterResponse {
    private final GetParameterRequest.Builder request;

    public GetParameterResponse(GetParameterRequest.Builder request) {
        this.request = request;
    }

    public Parameter parameter() {
        return new Parameter(request.decrypted ? stub.Stored.answer(request.name) : "ciphertext");
    }
}
