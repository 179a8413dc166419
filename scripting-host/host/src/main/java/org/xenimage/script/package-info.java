/**
 * Policies: how one is found, matched, run and held to its limits.
 *
 * <p>A {@link org.xenimage.script.PolicyHost} loads a {@link org.xenimage.script.policy.Policy}
 * (its header is data, read before any of its code runs) and makes a
 * {@link org.xenimage.script.PolicyRun} of several; its transform goes between the reader and the
 * writer of an image. What policies decide goes to a {@link org.xenimage.script.DecisionLog}.
 *
 * <pre>{@code
 * try (PolicyHost host = PolicyHost.open(HostOptions.defaults());
 *         PolicyRun run = host.run(List.of(host.load("scrub-pattern")), context, log)) {
 *     try {
 *         reader.drainTo(run.transform().onto(writer));
 *     } catch (IOException | RuntimeException failure) {
 *         run.fail(failure);
 *         throw failure;
 *     }
 *     run.summary();
 * }
 * }</pre>
 *
 * <p>What a policy sees, in camel case; a policy in Python sees the same names in snake case, and gives options as
 * keyword arguments. Options are named after a {@code ?} here.
 *
 * <pre>
 *   ctx      operation, operator, now, site, params, image, pages, log(message), warn(message), veto(reason)
 *   image    format, guest, xen, libxcVersion, pageSize, name, uuid
 *   pages    in onBegin only: scrub(text ?length fill hex bytes types pfnFrom pfnTo),
 *            replace(text, by ?hex bytes byHex byBytes types pfnFrom pfnTo), zero(?types pfnFrom pfnTo)
 *   record   type, layer, optional, offset, length, fields, bytes, drop(), replace(type, fieldsOrBytes),
 *            insertBefore(type, fieldsOrBytes), insertAfter(type, fieldsOrBytes);
 *            of X86_CPUID_POLICY also vendor, feature(name), setFeature(name, present)
 *   batch    count, pfns, types, find(text ?limit hex bytes types pfnFrom pfnTo), scrub(…), replace(…),
 *            zero(?types pfnFrom pfnTo contains), select(?types pfnFrom pfnTo zero contains), page(index)
 *   page     pfn, type, hasData, zero, crc32c, u8(offset) … u64(offset), bytes(?offset length),
 *            hexdump(?offset length), setU8(offset, value) … setU64(offset, value), setBytes(offset, bytes),
 *            fill(?from to byte)
 * </pre>
 *
 * <p>{@code config}, {@code meta} and {@code record.fields} are native objects and arrays, dicts
 * and lists, and are edited in place; {@code record.bytes} is a Uint8Array or a bytearray, edited
 * in place or assigned. The type of a number in JavaScript is that of its field, whatever its
 * value: indices, PFNs, counts and lengths are Numbers; masks, addresses and registers of 64 bits
 * are BigInts. An element that a hook did not change is passed on byte for byte. Edits count only
 * if the hook returns normally; those of a failing {@code onPages} are undone if the run continues
 * without the policy.
 *
 * <p>A hook is an ordinary function and returns nothing: generators, async functions, classes and
 * any result are errors. A member that does not exist raises in both languages. Time is that of the
 * run, in every way to ask for it. What a policy prints and logs goes to a
 * {@link org.xenimage.script.PolicySpeech} at once and to the decision log. Values of parameters
 * that are declared {@code secret}, and of keys that look secret, are not shown unless
 * {@link org.xenimage.script.HostOptions} allows it.
 *
 * <p>A {@link org.xenimage.script.ScriptSession} runs code piece by piece against one image, which the code sees whole,
 * any part at any time; records and pages are those that policies see.
 *
 * <pre>
 *   image    format, guest, xen, libxcVersion, pageSize, name, uuid; source, size, fault, header, config, metadata,
 *            records, vcpus, pages, record(type ?index), page(pfn), find(text ?limit hex bytes types pfnFrom pfnTo)
 *   pages    count, withContents, types, pfns(?types pfnFrom pfnTo), select(?types pfnFrom pfnTo zero contains)
 * </pre>
 *
 * <p>A {@link org.xenimage.script.TestScript} is a module of tests: each of its functions is given {@code t}.
 *
 * <pre>
 *   t        policy, run(?policy sample image params site operation operator at), equal(found, expected ?message),
 *            notEqual(found, other ?message), ok(found ?message), match(found, expected ?message),
 *            vetoed(result ?expected), failed(result ?expected), unchanged(result), fail(?message), log(message)
 *   result   outcome, reason, veto, error, unchanged, edits, log, warnings, printed, pages; image and before, as above;
 *            config, metadata, records, record(type ?index), page(pfn), find(text …) of image
 * </pre>
 *
 * <p>A program of your own uses {@link org.xenimage.script.Policies}, or the engines of {@link
 * org.xenimage.script.jsr223}.
 *
 * <p>Not supported here: the hooks of a migration ({@code onNegotiate}, {@code onRound}, {@code onSwitchover}), which
 * may be there and are not called; granted capabilities (files, network); isolation in a process of its own.
 */
@org.jspecify.annotations.NullMarked
package org.xenimage.script;
