/**
 * The policy API as a script sees it, described once: what everything about it is made from.
 *
 * <p>A {@link org.xenimage.script.api.PolicyApi} is a tree of plain values: the objects with their members, the hooks,
 * the kinds of records. Nothing of it is written down here. Each part stands where it is implemented, and cannot differ
 * from that:
 *
 * <ul>
 *   <li>views (ctx, record, batch, page, image): the tables of {@code script.view.Members}, which hold the getter or
 *   the     function of each member beside its type, sentence and example. None can be exposed without them;
 *   <li>the header: {@code script.policy.HeaderKeys}, by which headers are read;
 *   <li>hooks: {@code script.policy.Hook}, by which they are called;
 *   <li>the fields of records: the layouts by which records are decoded ({@code image.layout.FieldKind});
 *   <li>objects and dicts that hooks are given: {@code script.HookArguments}, compared with living ones by a test.
 * </ul>
 *
 * <p>Every access of a script asserts that what it is given is of the described type, so that each test that runs a
 * script tests the description too. {@code script.ImplementedApi} puts the parts together. From that,
 * {@link org.xenimage.script.api.Typings} makes the files for editors, {@link org.xenimage.script.api.Reference} the
 * reference and the frozen list of what {@code api: 1} is, and the console its help.
 */
@org.jspecify.annotations.NullMarked
package org.xenimage.script.api;
