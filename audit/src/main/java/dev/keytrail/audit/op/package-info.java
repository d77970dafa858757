/**
 * The CloudTrail operations, one file each: shapes in, effects out. What an event may show of a request stands in the
 * operation's own file beside the handler.
 */
@NullMarked
package dev.keytrail.audit.op;

import org.jspecify.annotations.NullMarked;
