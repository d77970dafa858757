/** Builds the records of calls; answers history; delivers trails. */
@NullMarked
package dev.keytrail.audit;

import org.jspecify.annotations.NullMarked;
