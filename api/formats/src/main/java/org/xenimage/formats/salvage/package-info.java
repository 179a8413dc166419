/**
 * The recovery of xl, libxl and libxc streams that are truncated, overwritten or full of holes.
 *
 * <p>What can be recovered follows from how a stream is made: headers, then records one after the
 * other, each with its length, and nothing that marks where one begins. So a recovery goes from
 * record to record while they are consistent; after damage it searches for the next record that is
 * followed by another.
 *
 * <pre>
 *   StreamSalvage         the reader: asks the parts below for elements, one step at a time
 *    ├ HeaderRecovery     xl, libxl and libxc headers: found, found further on, or rebuilt
 *    ├ RecordWalk         the state machine: what is taken, passed over or put in
 *    │  └ RecordScanner   whether bytes are a record; where the next one is
 *    ├ PageRecovery       what is left of a PAGE_DATA record (PageShape: its entries)
 *    └ RecoveredElements  the elements in their order, and the account of losses
 *   Framing               what they all know: position, layer, byte orders, the guest's type
 *   SparseBytes           the bytes, some of which may be gone
 *   EnclosingImage        what a native image knows apart from its stream
 * </pre>
 *
 * <p>A plain file ({@link FileBytes}) has no holes: damage shows in its records only. A native
 * image has checksums, so that its {@link SparseBytes} say which bytes are gone; that part is in
 * {@code formats.xenimage.v1.salvage}.
 *
 * <p>Not supported: records of a layer whose header is gone and whose byte order is big-endian.
 */
@org.jspecify.annotations.NullMarked
package org.xenimage.formats.salvage;
