/**
 * The key service. {@link dev.keytrail.kms.Kms} is the front: its tables, its operations' rows, its background jobs.
 *
 * <p>{@code key} holds what a key is, how it is named, who may use it, and all error texts; {@code op} one file for each
 * operation. Material is seen wrapped only: unwrapping happens inside {@code crypto}. Who a caller is and what policies it
 * has comes through ports ({@link dev.keytrail.policy.PrincipalPolicies}, {@link dev.keytrail.kms.key.Principals}).
 */
@NullMarked
package dev.keytrail.kms;

import org.jspecify.annotations.NullMarked;
