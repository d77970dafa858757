/** Event history: finding records by LookupEvents' attributes. */
@NullMarked
package dev.keytrail.audit.history;

import org.jspecify.annotations.NullMarked;
