package dev.keytrail.kms.op;

import dev.keytrail.call.Call;
import dev.keytrail.call.Facts;
import dev.keytrail.call.Sha256;
import dev.keytrail.kms.key.KmsErrors;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/**
 * The pages of one listing. A marker is the sort key of the last item shown, so that it survives deletions between pages,
 * behind a digest of that key and of the listing it belongs to: one that another operation, account, Region or set of
 * arguments handed out is refused. The digest is no secret: a made-up marker reaches only what the caller may list anyway.
 *
 * @param scope operation, account, Region and the arguments that choose what is listed; not the limit
 */
record Pages(String scope, int limit, String after) {
    private static final int DIGEST_BYTES = 12;

    /**
     * @param limitDefault and {@code limitMax} of the operation (kms.md section 4)
     * @throws dev.keytrail.call.Refused ValidationException for a limit, InvalidMarkerException for a marker
     */
    static Pages of(
            Call call,
            String arguments,
            Optional<Integer> limit,
            int limitDefault,
            int limitMax,
            Optional<String> marker) {
        int wanted = limit.orElse(limitDefault);
        if (wanted > limitMax) {
            throw KmsErrors.invalid("1 validation error detected: Value '" + wanted
                    + "' at 'limit' failed to satisfy constraint: Member must have value less than or equal to "
                    + limitMax);
        }
        String scope = call.operation() + "\n" + call.account() + "\n" + call.region() + "\n" + arguments;
        return new Pages(scope, wanted, marker.map(text -> lastOf(scope, text)).orElse(""));
    }

    /** One page. */
    record Page<T>(List<T> items, Optional<String> nextMarker) {
        boolean truncated() {
            return nextMarker.isPresent();
        }
    }

    /** Takes a page from items that begin behind {@link #after}. */
    <T> Page<T> take(Iterable<T> items, Function<T, String> sortKey) {
        List<T> taken = new ArrayList<>();
        Iterator<T> rest = items.iterator();
        while (rest.hasNext() && taken.size() < limit) {
            taken.add(rest.next());
        }
        return new Page<>(
                taken, rest.hasNext() ? Optional.of(marker(sortKey.apply(taken.getLast()))) : Optional.empty());
    }

    static void show(Facts facts, Optional<Integer> limit, Optional<String> marker) {
        limit.ifPresent(value -> facts.put("limit", value.longValue()));
        facts.put("marker", marker);
    }

    private String marker(String last) {
        byte[] text = last.getBytes(StandardCharsets.UTF_8);
        byte[] whole = Arrays.copyOf(digest(scope, last), DIGEST_BYTES + text.length);
        System.arraycopy(text, 0, whole, DIGEST_BYTES, text.length);
        return Base64.getUrlEncoder().withoutPadding().encodeToString(whole);
    }

    private static String lastOf(String scope, String marker) {
        byte[] whole;
        try {
            whole = Base64.getUrlDecoder().decode(marker.getBytes(StandardCharsets.UTF_8));
        } catch (IllegalArgumentException notBase64) {
            throw KmsErrors.invalidMarker();
        }
        if (whole.length <= DIGEST_BYTES) {
            throw KmsErrors.invalidMarker();
        }
        String last = new String(whole, DIGEST_BYTES, whole.length - DIGEST_BYTES, StandardCharsets.UTF_8);
        if (!MessageDigest.isEqual(Arrays.copyOf(whole, DIGEST_BYTES), digest(scope, last))) {
            throw KmsErrors.invalidMarker();
        }
        return last;
    }

    private static byte[] digest(String scope, String last) {
        MessageDigest sha256 = Sha256.start();
        sha256.update(scope.getBytes(StandardCharsets.UTF_8));
        sha256.update((byte) 0);
        return Arrays.copyOf(sha256.digest(last.getBytes(StandardCharsets.UTF_8)), DIGEST_BYTES);
    }
}
