/**
 * The embedded S3 endpoint: buckets and objects over a directory, for stock S3 clients in path style and for trail
 * delivery.
 *
 * <p>A request's line and headers are an {@link dev.keytrail.audit.bucket.S3Head}; {@link
 * dev.keytrail.audit.bucket.Buckets#route} finds its {@link dev.keytrail.audit.bucket.S3Operation}; {@link
 * dev.keytrail.audit.bucket.Buckets#receive} takes the body in, which for an object means a content file on disk; the
 * operation's handler then decides like any other. Start at {@link dev.keytrail.audit.bucket.Buckets}.
 *
 * <p>Invariants:
 *
 * <ul>
 *   <li>Object bytes are never in the ledger. They lie in immutable content files named by a random id, complete and
 *       synced before the commit whose row refers to them: a row never points at nothing.
 *   <li>What a commit drops gets an {@code s3.garbage} row in the same commit; {@code SweepJob} alone removes files.
 *   <li>Keys and bucket names are data and never file names.
 *   <li>A query or header that would change what an operation means is obeyed or refused, never overlooked.
 * </ul>
 */
@NullMarked
package dev.keytrail.audit.bucket;

import org.jspecify.annotations.NullMarked;
