/**
 * The seam between generated shapes and wire formats. Only generated code and {@code wire} itself use it.
 */
@NullMarked
package dev.keytrail.wire.codec;

import org.jspecify.annotations.NullMarked;
