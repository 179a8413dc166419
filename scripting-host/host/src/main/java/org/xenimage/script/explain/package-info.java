/**
 * What policies would change and why they did what they did: the difference between the elements in front of policies
 * and behind them, for people and as JSON, and the trace of a run. Nothing here costs anything unless it is asked for.
 */
@org.jspecify.annotations.NullMarked
package org.xenimage.script.explain;
