/** The operations of the embedded SNS, as stock clients call them (AWS query protocol). Errors are SNS' own codes. */
@NullMarked
package dev.keytrail.audit.topic.op;

import org.jspecify.annotations.NullMarked;
