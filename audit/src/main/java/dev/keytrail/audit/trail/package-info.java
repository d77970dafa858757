/**
 * Trails: which events go to which bucket, and the delivery of each of them in exactly one log file (cloudtrail.md F).
 *
 * <p>Delivery reads the ledger, never the calls: a dead bucket costs nothing but a growing distance between a trail's
 * cursor and the ledger's end.
 */
@NullMarked
package dev.keytrail.audit.trail;

import org.jspecify.annotations.NullMarked;
