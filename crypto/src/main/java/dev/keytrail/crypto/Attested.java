package dev.keytrail.crypto;

import dev.keytrail.call.Bytes;
import java.util.Collections;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What a verified attestation document says.
 *
 * @param moduleId the enclave or instance that asked for it
 * @param platform what was measured
 * @param registers platform configuration registers by index, lower-case hexadecimal
 * @param kind of {@code publicKey}
 * @param publicKey DER SubjectPublicKeyInfo of an RSA key whose private half never left the platform
 */
public record Attested(
        String moduleId, Platform platform, SortedMap<Integer, String> registers, KeyKind kind, Bytes publicKey) {
    public Attested {
        registers = Collections.unmodifiableSortedMap(new TreeMap<>(registers));
    }

    /** Who measured. */
    public enum Platform {
        /** Nitro Enclaves: the hypervisor. */
        ENCLAVE,
        /** NitroTPM: the instance's trusted platform module. */
        NITRO_TPM
    }
}
