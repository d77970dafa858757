/**
 * Insights: what is usual for an account's calls, and events for what is not. {@link
 * dev.keytrail.audit.insight.InsightJob} reads the ledger minute by minute for accounts that have a trail with Insights;
 * {@link dev.keytrail.audit.insight.Series} is one kind of call with its past.
 */
@NullMarked
package dev.keytrail.audit.insight;

import org.jspecify.annotations.NullMarked;
