/**
 * Checks a delivered trail against its digests, without the server that wrote it: from a bucket or from a folder that a
 * bucket was copied to.
 *
 * <p>It looks from both sides: each digest, and all that it names, must be there and be as signed; and each object that is
 * there must be named by a digest. So it finds what a walk along the chain cannot: the newest digests gone, all of them
 * gone, several in a row gone, a file put in between. Start at {@link dev.keytrail.audit.verify.TrailVerifier}.
 */
@NullMarked
package dev.keytrail.audit.verify;

import org.jspecify.annotations.NullMarked;
