package dev.keytrail.audit.trail;

import dev.keytrail.call.Bytes;
import dev.keytrail.call.Caller;
import dev.keytrail.call.Secret;
import java.util.Map;

/**
 * Port: the key service, as S3 and CloudTrail use it. Each method is a call of its own, decided by the key's policy and on
 * record in the key's account. Thread-safe.
 */
public interface DataKeys {
    /** Where there is no key service. */
    DataKeys NONE = new DataKeys() {
        @Override
        public DataKey generate(Caller caller, String region, String key, Map<String, String> context) {
            throw new Refusal("NotFoundException", "there is no key service");
        }

        @Override
        public Secret decrypt(Caller caller, String region, Bytes wrapped, Map<String, String> context) {
            throw new Refusal("NotFoundException", "there is no key service");
        }

        @Override
        public boolean exists(String arn) {
            return false;
        }
    };

    /**
     * A fresh AES-256 key. The taker closes it.
     *
     * @param key an ARN of a key or an alias
     * @throws Refusal the key service said no
     */
    DataKey generate(Caller caller, String region, String key, Map<String, String> context);

    /** The key of {@link DataKey#wrapped}. The taker closes it. @throws Refusal the key service said no */
    Secret decrypt(Caller caller, String region, Bytes wrapped, Map<String, String> context);

    /**
     * Whether there is a key or an alias of that ARN. No call: for telling the owner of a key's account why the key service
     * refused, which it does not tell strangers.
     */
    boolean exists(String arn);

    /** @param keyArn of the key itself, whatever it was called by */
    record DataKey(String keyArn, Secret plaintext, Bytes wrapped) implements AutoCloseable {
        @Override
        public void close() {
            plaintext.close();
        }
    }

    /** No stack trace: it is an expected thing. */
    final class Refusal extends RuntimeException {
        private static final long serialVersionUID = 1L;

        private final String code;

        /** @param code the key service's error code */
        public Refusal(String code, String message) {
            super(message, null, false, false);
            this.code = code;
        }

        public String code() {
            return code;
        }

        /** How S3 calls it: a denial by its own name, the rest under {@code KMS.}. */
        public String s3Code() {
            return code.startsWith("AccessDenied") ? "AccessDenied" : "KMS." + code;
        }
    }
}
