/**
 * Rewriting in bulk: files and trees of images through the same policies, each delivered completely
 * or not at all.
 *
 * <pre>{@code
 * try (PolicyHost host = PolicyHost.open(HostOptions.defaults());
 *         BulkRun run = BulkRun.open(request, host)) {
 *     BulkSummary summary = run.run(BulkWatcher.NONE);
 * }
 * }</pre>
 *
 * <p>The folder of the outputs holds one folder of the run's own, {@code .xenimage-bulk}, for its owner only:
 *
 * <pre>
 *   lock       held while a run is under way, given back by the operating system however the run ends
 *   journal    what was delivered, a line each; see below
 *   new/       outputs that are not whole yet
 * </pre>
 *
 * <p>The journal is lines of JSON, each with the CRC32C of what it says, so that a last line that
 * was torn is known as such: {@code {"crc32c":"1a2b3c4d","entry":{…}}}. The first line holds what
 * the results depend on. The line for an image is synced to disk after the image's output and
 * before the output gets its name, so that a later reader of the journal either finds the output in
 * its place or can move it there.
 *
 * <p>An output is the same, byte for byte, as if the image were rewritten alone, whatever the
 * number of workers: a policy's code starts again for every image. Times are in the report only,
 * and in an image only where a policy puts the run's own time, which a resumed run takes over.
 *
 * <p>Not supported here: several machines; images on pipes; a report in another form than JSON lines.
 */
@org.jspecify.annotations.NullMarked
package org.xenimage.pipeline;
