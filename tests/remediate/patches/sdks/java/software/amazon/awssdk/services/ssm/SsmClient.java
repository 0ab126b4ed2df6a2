package software.amazon.awssdk.services.ssm;

import java.util.function.Consumer;
import software.amazon.awssdk.services.ssm.model.GetParameterRequest;
import software.amazon.awssdk.services.ssm.model.GetParameterResponse;

/** What a patch uses of it, with the signatures that the vendor documents. */
public interface SsmClient extends AutoCloseable {
    static SsmClient create() {
        return () -> {
        };
    }

    @Override
    void close();

    default GetParameterResponse getParameter(Consumer<GetParameterRequest.Builder> consumer) {
        GetParameterRequest.Builder request = new GetParameterRequest.Builder();
        consumer.accept(request);
        return new GetParameterResponse(request);
    }
}
