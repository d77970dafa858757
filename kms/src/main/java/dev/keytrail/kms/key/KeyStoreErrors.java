package dev.keytrail.kms.key;

import dev.keytrail.call.ApiError;
import dev.keytrail.call.Refused;
import dev.keytrail.kms.key.CustomKeyStore.Connection;

/** Every refusal about custom key stores: code and text in one place. All have status 400. */
public final class KeyStoreErrors {
    private KeyStoreErrors() {}

    public static Refused notFound(String id) {
        return of("CustomKeyStoreNotFoundException", "Custom key store with ID or name '" + id + "' is not found.");
    }

    public static Refused nameInUse(String name) {
        return of("CustomKeyStoreNameInUseException", "The custom key store name '" + name + "' is already in use.");
    }

    public static Refused uriInUse(String uri) {
        return of(
                "XksProxyUriInUseException",
                "The proxy URI " + uri + " is already associated with another external key store.");
    }

    public static Refused clusterInUse(String clusterId) {
        return of(
                "CloudHsmClusterInUseException",
                "The cluster " + clusterId + " is already associated with another custom key store.");
    }

    public static Refused clusterNotFound(String clusterId) {
        return of(
                "CloudHsmClusterNotFoundException",
                "The cluster " + clusterId + " is not found: this server's operator has configured none of that name.");
    }

    public static Refused clusterNotRelated(String clusterId) {
        return of(
                "CloudHsmClusterNotRelatedException",
                "The cluster " + clusterId + " is not related to the custom key store's own cluster.");
    }

    public static Refused clusterMisconfigured(String clusterId, String why) {
        return of(
                "CloudHsmClusterInvalidConfigurationException", "The cluster " + clusterId + " cannot be used: " + why);
    }

    public static Refused wrongTrustAnchor() {
        return of(
                "IncorrectTrustAnchorException",
                "The trust anchor certificate is not the certificate that the cluster is configured with.");
    }

    public static Refused wrongState(CustomKeyStore store, String wanted) {
        return of(
                "CustomKeyStoreInvalidStateException",
                "The custom key store " + store.id() + " is " + phrase(store.connection()) + ". " + wanted);
    }

    public static Refused wrongState(String text) {
        return of("CustomKeyStoreInvalidStateException", text);
    }

    public static Refused hasKeys(String id, long count) {
        return of(
                "CustomKeyStoreHasCMKsException",
                "The custom key store " + id + " contains " + count + " KMS keys. Delete them first.");
    }

    public static Refused externalKeyInUse(String externalKeyId) {
        return of(
                "XksKeyAlreadyInUseException",
                "The external key " + externalKeyId + " is already associated with another KMS key of this store.");
    }

    public static Refused externalKeyNotFound() {
        return of(
                "XksKeyNotFoundException",
                "The external key store proxy rejected the request because it could not find the external key.");
    }

    public static Refused externalKeyMisconfigured(String text) {
        return of("XksKeyInvalidConfigurationException", text);
    }

    public static Refused noEndpointServices() {
        return of(
                "XksProxyVpcEndpointServiceNotFoundException",
                "This server has no VPC endpoint services. Use PUBLIC_ENDPOINT connectivity.");
    }

    /** Whatever keeps a key's store from doing its part in cryptography. */
    public static Refused unusable(String text) {
        return of("KMSInvalidStateException", text);
    }

    static Refused of(String code, String text) {
        return new Refused(ApiError.of(code, text));
    }

    /** About the proxy of a store that is made or changed. */
    public static Refused proxy(String code, String text) {
        return of(code, text);
    }

    private static String phrase(Connection connection) {
        return connection.name().toLowerCase(java.util.Locale.ROOT);
    }
}
