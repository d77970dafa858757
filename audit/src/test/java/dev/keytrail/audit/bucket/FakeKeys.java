package dev.keytrail.audit.bucket;

import dev.keytrail.audit.trail.DataKeys;
import dev.keytrail.call.Bytes;
import dev.keytrail.call.Caller;
import dev.keytrail.call.Entropy;
import dev.keytrail.call.Secret;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** A key service that knows keys called {@code known...}, remembers what it was asked, and hands out what it wrapped. */
final class FakeKeys implements DataKeys {
    final List<String> asked = new ArrayList<>();
    private final Map<Bytes, Bytes> wrapped = new HashMap<>();
    private final Map<Bytes, Map<String, String>> contexts = new HashMap<>();
    private final Entropy entropy;

    FakeKeys(Entropy entropy) {
        this.entropy = entropy;
    }

    @Override
    public DataKey generate(Caller caller, String region, String key, Map<String, String> context) {
        asked.add("generate " + key + " " + caller.invokedBy().orElse("") + " " + context);
        if (!key.startsWith("known")) {
            throw new Refusal("NotFoundException", "no such key");
        }
        byte[] plain = new byte[32];
        entropy.fill(plain);
        Bytes blob = Bytes.utf8("wrapped " + wrapped.size());
        wrapped.put(blob, Bytes.copyOf(plain));
        contexts.put(blob, Map.copyOf(context));
        return new DataKey("arn:aws:kms:us-east-1:111122223333:key/" + key, Secret.adopt(plain), blob);
    }

    @Override
    public Secret decrypt(Caller caller, String region, Bytes blob, Map<String, String> context) {
        asked.add("decrypt " + caller.invokedBy().orElse("") + " " + context);
        if (!wrapped.containsKey(blob) || !contexts.get(blob).equals(context)) {
            throw new Refusal("InvalidCiphertextException", "not wrapped here");
        }
        return Secret.adopt(wrapped.get(blob).toArray());
    }

    @Override
    public boolean exists(String arn) {
        return true;
    }
}
