package software.amazon.awssdk.services.secretsmanager;

import java.util.function.Consumer;
import software.amazon.awssdk.services.secretsmanager.model.GetSecretValueRequest;
import software.amazon.awssdk.services.secretsmanager.model.GetSecretValueResponse;

/** What a patch uses of it, with the signatures that the vendor documents. */
public interface SecretsManagerClient extends AutoCloseable {
    static SecretsManagerClient create() {
        return () -> {
        };
    }

    @Override
    void close();

    default GetSecretValueResponse getSecretValue(Consumer<GetSecretValueRequest.Builder> consumer) {
        GetSecretValueRequest.Builder request = new GetSecretValueRequest.Builder();
        consumer.accept(request);
        return new GetSecretValueResponse(stub.Stored.answer(request.name()));
    }
}
