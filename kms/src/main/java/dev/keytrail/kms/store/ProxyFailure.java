package dev.keytrail.kms.store;

import dev.keytrail.call.Refused;
import dev.keytrail.kms.key.CustomKeyStore.ConnectionError;
import dev.keytrail.kms.key.KeyStoreErrors;
import dev.keytrail.kms.key.KmsErrors;

/** A proxy did not do what it was asked. What the client hears of it hangs on what the client asked. No stack trace. */
final class ProxyFailure extends Exception {
    private static final long serialVersionUID = 1L;

    private final Cause cause;

    ProxyFailure(Cause cause) {
        super(cause.text, null, false, false);
        this.cause = cause;
    }

    /** Why; the error names of the proxy specification, and what can go wrong on the way there. */
    enum Cause {
        NOT_PERMITTED(
                "The external key store proxy's endpoint is not among those that this server's operator permits.",
                "XksProxyUriUnreachableException",
                ConnectionError.XKS_PROXY_NOT_REACHABLE),
        NOT_REACHABLE(
                "AWS KMS cannot communicate with the external key store proxy. Verify that it is active and connected to"
                        + " the network, and that its endpoint URI is correct.",
                "XksProxyUriUnreachableException",
                ConnectionError.XKS_PROXY_NOT_REACHABLE),
        NO_TLS(
                "AWS KMS cannot connect to the external key store proxy because the TLS configuration is invalid.",
                "XksProxyUriUnreachableException",
                ConnectionError.XKS_PROXY_INVALID_TLS_CONFIGURATION),
        TIMED_OUT(
                "AWS KMS rejected the request because the external key store proxy did not respond in time. Retry the"
                        + " request. If you see this error repeatedly, report it to your external key store proxy"
                        + " administrator.",
                "XksProxyUriUnreachableException",
                ConnectionError.XKS_PROXY_TIMED_OUT),
        NO_MANAGER(
                "The external key store proxy reports that no external key manager is available.",
                "XksProxyUriUnreachableException",
                ConnectionError.XKS_PROXY_NOT_REACHABLE),
        BUSY("", "ThrottlingException", ConnectionError.XKS_PROXY_NOT_REACHABLE),
        THROTTLED(
                "The external key store proxy rejected the request due to a very high request rate.",
                "XksProxyUriUnreachableException",
                ConnectionError.XKS_PROXY_NOT_REACHABLE),
        MALFORMED(
                "AWS KMS cannot interpret the response from the external key store proxy.",
                "XksProxyInvalidResponseException",
                ConnectionError.XKS_PROXY_INVALID_RESPONSE),
        BROKEN(
                "The external key store proxy failed for an internal reason.",
                "XksProxyInvalidResponseException",
                ConnectionError.XKS_PROXY_INVALID_RESPONSE),
        DEPENDENCY_TIMED_OUT(
                "The external key store proxy rejected the request because it timed out while waiting for the external"
                        + " key manager.",
                "XksProxyUriUnreachableException",
                ConnectionError.XKS_PROXY_TIMED_OUT),
        NOT_AUTHENTICATED(
                "The external key store proxy rejected the request because it could not authenticate AWS KMS. Verify the"
                        + " credentials for your external key store and update if necessary.",
                "XksProxyIncorrectAuthenticationCredentialException",
                ConnectionError.INVALID_CREDENTIALS),
        DENIED(
                "The external key store proxy denied access to the operation. Verify that the user and the external key"
                        + " are both authorized for this operation, and try the request again.",
                "XksProxyInvalidConfigurationException",
                ConnectionError.XKS_PROXY_ACCESS_DENIED),
        NO_SUCH_KEY(
                "The external key store proxy rejected the request because it could not find the external key.",
                "XksProxyInvalidResponseException",
                ConnectionError.XKS_PROXY_INVALID_RESPONSE),
        NO_SUCH_PATH(
                "The external key store proxy rejected the request because its URI path is not valid.",
                "XksProxyInvalidConfigurationException",
                ConnectionError.XKS_PROXY_INVALID_CONFIGURATION),
        INVALID_REQUEST(
                "The external key store proxy rejected the request because a parameter is not valid.",
                "XksProxyInvalidResponseException",
                ConnectionError.XKS_PROXY_INVALID_RESPONSE),
        INVALID_STATE(
                "The external key store proxy rejected the request because the external key is not enabled.",
                "XksProxyInvalidResponseException",
                ConnectionError.XKS_PROXY_NOT_REACHABLE),
        INVALID_CIPHERTEXT(
                "The external key store proxy rejected the request because the specified ciphertext or additional"
                        + " authenticated data is corrupted, missing, or otherwise invalid.",
                "XksProxyInvalidResponseException",
                ConnectionError.XKS_PROXY_INVALID_RESPONSE),
        INVALID_KEY_USAGE(
                "The external key store proxy rejected the request because the external key does not support the"
                        + " requested operation.",
                "XksProxyInvalidResponseException",
                ConnectionError.XKS_PROXY_INVALID_RESPONSE),
        NOT_SUPPORTED(
                "The external key store proxy rejected the request because it does not support the operation.",
                "XksProxyInvalidResponseException",
                ConnectionError.XKS_PROXY_INVALID_RESPONSE);

        private final String text;
        private final String ofStores;
        private final ConnectionError onConnecting;

        Cause(String text, String ofStores, ConnectionError onConnecting) {
            this.text = text;
            this.ofStores = ofStores;
            this.onConnecting = onConnecting;
        }
    }

    Cause why() {
        return cause;
    }

    /** Cryptography has one exception for whatever is wrong with a store; the text tells. */
    Refused inCryptography() {
        return cause == Cause.BUSY ? KmsErrors.throttled() : KeyStoreErrors.unusable(cause.text);
    }

    /** While a key is made over an external one. */
    Refused inCreateKey() {
        return switch (cause) {
            case BUSY -> KmsErrors.throttled();
            case NO_SUCH_KEY -> KeyStoreErrors.externalKeyNotFound();
            case INVALID_STATE, INVALID_KEY_USAGE -> KeyStoreErrors.externalKeyMisconfigured(cause.text);
            default -> KeyStoreErrors.wrongState(cause.text);
        };
    }

    /** While a store is made or changed. */
    Refused ofStore() {
        return cause == Cause.BUSY ? KmsErrors.throttled() : KeyStoreErrors.proxy(cause.ofStores, cause.text);
    }

    ConnectionError onConnecting() {
        return cause.onConnecting;
    }
}
