/**
 * AWS's wire formats: requests become generated records, records become answers, refusals become error bodies.
 *
 * <p>{@code wire.shape.*} holds the records, generated at build time from the service models in {@code src/main/models};
 * {@link dev.keytrail.wire.codec} is what they are read from and written to. Nothing here authenticates, decides or
 * records; nothing here trusts a request.
 */
@NullMarked
package dev.keytrail.wire;

import org.jspecify.annotations.NullMarked;
