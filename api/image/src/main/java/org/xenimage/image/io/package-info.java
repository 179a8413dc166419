/**
 * Bytes in and out: files, pipes, and the kernel's ways of moving bytes without showing them to us.
 *
 * <p>A {@link org.xenimage.image.io.ByteSource} is read strictly forwards and never reads ahead of
 * what it was asked for, beyond a short {@linkplain org.xenimage.image.io.ByteSource#peek peek} at
 * its beginning: a migration's sender waits for an answer after its last record, so a reader that
 * waits for more bytes would deadlock. An {@link org.xenimage.image.io.ByteRun} is a run of a
 * source's bytes that are read on demand; bytes that are not examined are moved by the kernel.
 *
 * <p>Files are read into one reused buffer, not mapped, when they are streamed: a mapping of a 4 GiB file would count
 * as 4 GiB of resident memory, and a file truncated under a mapping ends the process.
 *
 * <p>Not supported here: random access, and growing or rewriting a sink in place.
 */
@org.jspecify.annotations.NullMarked
package org.xenimage.image.io;
