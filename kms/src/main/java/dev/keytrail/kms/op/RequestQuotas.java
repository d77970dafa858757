package dev.keytrail.kms.op;

import dev.keytrail.call.Call;
import dev.keytrail.kms.key.KmsErrors;
import dev.keytrail.wire.shape.kms.DecryptRequest;
import dev.keytrail.wire.shape.kms.EncryptRequest;
import dev.keytrail.wire.shape.kms.EncryptionAlgorithmSpec;
import dev.keytrail.wire.shape.kms.GenerateDataKeyPairRequest;
import dev.keytrail.wire.shape.kms.GenerateDataKeyPairWithoutPlaintextRequest;
import dev.keytrail.wire.shape.kms.ReEncryptRequest;
import dev.keytrail.wire.shape.kms.SignRequest;
import dev.keytrail.wire.shape.kms.SigningAlgorithmSpec;
import dev.keytrail.wire.shape.kms.VerifyRequest;
import java.time.Instant;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/**
 * How often an account may call in a Region (kms.md section 18): one allowance a second for each operation, shared by
 * cryptography of one family. Off unless the operator wants them.
 *
 * <p>Thread-safe, without locks: an allowance is one number, the time at which all that was admitted is paid off. Up to a
 * second's worth may come at once. Memory is bounded: allowances that are paid off are forgotten when there are many.
 */
public final class RequestQuotas {
    /** Allowances in use at once; beyond it new ones are refused. */
    private static final int ALLOWANCES_MAX = 100_000;

    private static final String SYMMETRIC = "symmetric";
    private static final String RSA = "rsa";
    private static final String ECC = "ecc";
    private static final String ML_DSA = "ml-dsa";
    private static final String ML_KEM = "ml-kem";
    private static final String PAIR = "pair.";

    /** Uses of keys of one custom key store; each store has an allowance of its own. */
    private static final String STORE = "key-store";

    /** Management operations that have no rate of their own. */
    private static final String OTHERS = "rest";

    private static final double REST = 5;

    private static final Map<String, Double> AWS = aws();

    private final Map<String, Double> perSecond;
    private final ConcurrentHashMap<Allowance, AtomicLong> paidOffNanos = new ConcurrentHashMap<>();

    private record Allowance(String account, String region, String name) {}

    private RequestQuotas(Map<String, Double> perSecond) {
        this.perSecond = Map.copyOf(perSecond);
    }

    private static Map<String, Double> aws() {
        Map<String, Double> rates = new LinkedHashMap<>();
        rates.put(SYMMETRIC, 10_000.0);
        rates.put(RSA, 1_000.0);
        rates.put(ECC, 1_000.0);
        rates.put(ML_DSA, 1_000.0);
        rates.put(ML_KEM, 1_000.0);
        rates.put(STORE, 1_800.0);
        rates.put(PAIR + "ECC_NIST_P256", 25.0);
        rates.put(PAIR + "ECC_NIST_P384", 10.0);
        rates.put(PAIR + "ECC_NIST_P521", 5.0);
        rates.put(PAIR + "ECC_SECG_P256K1", 25.0);
        rates.put(PAIR + "ECC_NIST_EDWARDS25519", 25.0);
        rates.put(PAIR + "SM2", 25.0);
        rates.put(PAIR + "ML_KEM_512", 25.0);
        rates.put(PAIR + "ML_KEM_768", 25.0);
        rates.put(PAIR + "ML_KEM_1024", 25.0);
        rates.put(PAIR + "RSA_2048", 1.0);
        rates.put(PAIR + "RSA_3072", 0.5);
        rates.put(PAIR + "RSA_4096", 0.1);
        for (String name : new String[] {"DescribeKey", "GetPublicKey", "ListResourceTags"}) {
            rates.put(name, 2_000.0);
        }
        rates.put("GetKeyPolicy", 1_000.0);
        rates.put("GetKeyRotationStatus", 1_000.0);
        rates.put("ListKeys", 500.0);
        rates.put("ListAliases", 500.0);
        for (String name : new String[] {"ListGrants", "ListRetirableGrants", "ListKeyPolicies"}) {
            rates.put(name, 100.0);
        }
        rates.put("CreateGrant", 50.0);
        rates.put("RetireGrant", 30.0);
        rates.put("RevokeGrant", 30.0);
        for (String name : new String[] {"PutKeyPolicy", "EnableKeyRotation", "DeleteAlias", "ScheduleKeyDeletion"}) {
            rates.put(name, 15.0);
        }
        rates.put("TagResource", 10.0);
        rates.put("GetParametersForImport", 0.25);
        return rates;
    }

    public static RequestQuotas off() {
        return new RequestQuotas(Map.of());
    }

    /**
     * From a setting: empty is off; {@code aws} is AWS's defaults; {@code NAME=RATE} sets one, calls a second. A name is an
     * operation's, or {@code symmetric}, {@code rsa}, {@code ecc}, {@code ml-dsa}, {@code ml-kem}, {@code pair.SPEC},
     * {@code key-store}, or {@code rest}: each operation that is not named.
     *
     * @throws IllegalArgumentException with a text for the operator
     */
    public static RequestQuotas parse(String text) {
        Map<String, Double> rates = new TreeMap<>();
        for (String part : text.split(",", -1)) {
            String item = part.strip();
            int equals = item.indexOf('=');
            if (item.equals("aws")) {
                rates.putAll(AWS);
                rates.put(OTHERS, REST);
            } else if (equals > 0) {
                rates.put(item.substring(0, equals), rate(item.substring(equals + 1), item));
            } else if (!item.isEmpty()) {
                throw unknown(item);
            }
        }
        return new RequestQuotas(rates);
    }

    /**
     * These, when every name in them is a family's, or of an operation that has an allowance to itself.
     *
     * @throws IllegalArgumentException with a text for the operator
     */
    public RequestQuotas of(Collection<String> operations) {
        for (String name : perSecond.keySet()) {
            boolean ofItsOwn = operations.contains(name) && !sharing(name);
            if (!AWS.containsKey(name) && !name.equals(OTHERS) && !ofItsOwn) {
                throw unknown(name);
            }
        }
        return this;
    }

    private static boolean sharing(String operation) {
        return switch (operation) {
            case "Encrypt",
                    "Decrypt",
                    "ReEncrypt",
                    "Sign",
                    "Verify",
                    "GenerateDataKeyPair",
                    "GenerateDataKeyPairWithoutPlaintext" -> true;
            default -> !name(operation, operation).equals(operation);
        };
    }

    private static IllegalArgumentException unknown(String item) {
        return new IllegalArgumentException("kms.request-quotas: no such quota: " + item);
    }

    private static double rate(String text, String item) {
        try {
            double rate = Double.parseDouble(text);
            if (rate >= 0.001 && rate <= 1e9) {
                return rate;
            }
        } catch (NumberFormatException _) {
            // Falls through to the one message for both.
        }
        throw new IllegalArgumentException("kms.request-quotas: no rate from 0.001 to 1e9 a second: " + item);
    }

    /**
     * Lets a call pass, once for each request however often it is decided.
     *
     * @param input the request's shape
     * @throws dev.keytrail.call.Refused ThrottlingException
     */
    public void admit(Call call, Object input) {
        if (perSecond.isEmpty()) {
            return;
        }
        take(call, name(call.operation(), input), "");
    }

    /**
     * Lets a key of a custom key store be used: beside what the call took for itself, and once for each use.
     *
     * @throws dev.keytrail.call.Refused ThrottlingException
     */
    public void admitToStore(Call call, String storeId) {
        take(call, STORE, storeId);
    }

    /** @param of what has an allowance of its own under this name; empty when calls have one in common */
    private void take(Call call, String name, String of) {
        Optional<String> account = call.caller().principal().account();
        Double rate = perSecond.get(AWS.containsKey(name) || perSecond.containsKey(name) ? name : OTHERS);
        if (account.isEmpty() || rate == null) {
            return;
        }
        if (!take(new Allowance(account.get(), call.region(), name + of), rate, nanos(call.receivedAt()))) {
            throw KmsErrors.throttled();
        }
    }

    private boolean take(Allowance allowance, double rate, long now) {
        if (paidOffNanos.size() >= ALLOWANCES_MAX && !paidOffNanos.containsKey(allowance)) {
            paidOffNanos.values().removeIf(time -> time.get() <= now);
            if (paidOffNanos.size() >= ALLOWANCES_MAX) {
                return false;
            }
        }
        AtomicLong paidOff = paidOffNanos.computeIfAbsent(allowance, a -> new AtomicLong(now));
        long each = (long) (TimeUnit.SECONDS.toNanos(1) / rate);
        long most = Math.max(each, TimeUnit.SECONDS.toNanos(1));
        while (true) {
            long before = paidOff.get();
            long after = Math.max(before, now) + each;
            if (after - now > most) {
                return false;
            }
            if (paidOff.compareAndSet(before, after)) {
                return true;
            }
        }
    }

    private static long nanos(Instant time) {
        return TimeUnit.SECONDS.toNanos(time.getEpochSecond()) + time.getNano();
    }

    /** Which allowance a call takes from: its family's for cryptography, else its own. */
    static String name(String operation, Object input) {
        return switch (input) {
            case EncryptRequest in -> encryption(in.encryptionAlgorithm());
            case DecryptRequest in -> encryption(in.encryptionAlgorithm());
            case ReEncryptRequest in -> {
                String source = encryption(in.sourceEncryptionAlgorithm());
                yield source.equals(SYMMETRIC) ? encryption(in.destinationEncryptionAlgorithm()) : source;
            }
            case SignRequest in -> signing(in.signingAlgorithm());
            case VerifyRequest in -> signing(in.signingAlgorithm());
            case GenerateDataKeyPairRequest in -> PAIR + in.keyPairSpec().value();
            case GenerateDataKeyPairWithoutPlaintextRequest in ->
                PAIR + in.keyPairSpec().value();
            default ->
                switch (operation) {
                    case "GenerateDataKey",
                            "GenerateDataKeyWithoutPlaintext",
                            "GenerateRandom",
                            "GenerateMac",
                            "VerifyMac" -> SYMMETRIC;
                    case "DeriveSharedSecret" -> ECC;
                    case "Encapsulate", "Decapsulate" -> ML_KEM;
                    default -> operation;
                };
        };
    }

    private static String encryption(Optional<EncryptionAlgorithmSpec> algorithm) {
        String name = algorithm.map(EncryptionAlgorithmSpec::value).orElse("SYMMETRIC_DEFAULT");
        return name.startsWith("RSA") ? RSA : name.startsWith("SM2") ? ECC : SYMMETRIC;
    }

    private static String signing(SigningAlgorithmSpec algorithm) {
        String name = algorithm.value().toUpperCase(Locale.ROOT);
        return name.startsWith("RSA") ? RSA : name.startsWith("ML_DSA") ? ML_DSA : ECC;
    }
}
