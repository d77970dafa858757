/**
 * Build-time generator of {@code wire}'s shapes: reads the five service models and writes one Java record per structure,
 * one enum per enumerated string and one operation table per service.
 *
 * <p>Start at {@link dev.keytrail.shapegen.ShapeGenerator}. Invariants: the same models give the same bytes; only shapes
 * that an operation reaches are written; a model feature that the generator does not know stops the build.
 */
@NullMarked
package dev.keytrail.shapegen;

import org.jspecify.annotations.NullMarked;
