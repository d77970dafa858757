/**
 * Who calls, and what travels with them. {@link dev.keytrail.identity.Identity} is the front of the room.
 *
 * <p>{@code sigv4} checks signatures and knows nothing else; {@code directory} has the rows of accounts and principals and
 * proves callers by them; {@code federation} checks what identity providers say; {@code op} has the IAM and STS operations. Each uses only those named before it.
 */
@NullMarked
package dev.keytrail.identity;

import org.jspecify.annotations.NullMarked;
