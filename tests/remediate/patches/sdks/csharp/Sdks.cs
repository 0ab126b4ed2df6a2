// What patches use of the SDKs, with the signatures that their vendors document.
using System;
using System.Threading;
using System.Threading.Tasks;

public static class Stub
{
    public static string Asked = "";

    public static string Answer(string name)
    {
        Asked += name + " ";
        return Environment.GetEnvironmentVariable("STUB_SECRET");
    }
}

namespace Amazon.SimpleSystemsManagement.Model
{
    public class GetParameterRequest
    {
        public string Name { get; set; }
        public bool WithDecryption { get; set; }
    }

    public class Parameter
    {
        public string Value { get; set; }
    }

    public class GetParameterResponse
    {
        public Parameter Parameter { get; set; }
    }
}

namespace Amazon.SimpleSystemsManagement
{
    using Amazon.SimpleSystemsManagement.Model;

    public class AmazonSimpleSystemsManagementClient
    {
        public virtual Task<GetParameterResponse> GetParameterAsync(
            GetParameterRequest request, CancellationToken cancellationToken = default(CancellationToken)) =>
            Task.FromResult(new GetParameterResponse { Parameter = new Parameter {
                Value = request.WithDecryption ? Stub.Answer(request.Name) : "ciphertext" } });
    }
}

namespace Amazon.SecretsManager.Model
{
    public class GetSecretValueRequest
    {
        public string SecretId { get; set; }
    }

    public class GetSecretValueResponse
    {
        public string SecretString { get; set; }
    }
}

namespace Amazon.SecretsManager
{
    using Amazon.SecretsManager.Model;

    public class AmazonSecretsManagerClient
    {
        public virtual Task<GetSecretValueResponse> GetSecretValueAsync(
            GetSecretValueRequest request, CancellationToken cancellationToken = default(CancellationToken)) =>
            Task.FromResult(new GetSecretValueResponse { SecretString = Stub.Answer(request.SecretId) });
    }
}

namespace Azure
{
    public abstract class Response<T>
    {
        public abstract T Value { get; }
    }
}

namespace Azure.Core
{
    public abstract class TokenCredential
    {
    }
}

namespace Azure.Identity
{
    public class DefaultAzureCredential : Azure.Core.TokenCredential
    {
        public DefaultAzureCredential(bool includeInteractiveCredentials = false)
        {
        }
    }
}

namespace Azure.Security.KeyVault.Secrets
{
    public class KeyVaultSecret
    {
        private readonly string value;

        public KeyVaultSecret(string value)
        {
            this.value = value;
        }

        public string Value => value;
    }

    public class SecretClient
    {
        private readonly Uri vault;

        public SecretClient(Uri vaultUri, Azure.Core.TokenCredential credential)
        {
            vault = vaultUri;
        }

        public virtual Azure.Response<KeyVaultSecret> GetSecret(
            string name, string version = null, CancellationToken cancellationToken = default(CancellationToken)) =>
            new Answer(Stub.Answer(vault.AbsoluteUri + "secrets/" + name));

        private class Answer : Azure.Response<KeyVaultSecret>
        {
            private readonly string value;

            public Answer(string value)
            {
                this.value = value;
            }

            public override KeyVaultSecret Value => new KeyVaultSecret(value);
        }
    }
}
