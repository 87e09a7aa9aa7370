/**
 * sorted-btree's class, whichever way it arrives: the package is CommonJS with a `default` property,
 * and plain Node, tsx and mocha differ in whether they unwrap it.
 */
import exported from 'sorted-btree';

type BTreeClass = typeof exported.default;

export const BTree: BTreeClass = 'default' in exported ? exported.default : (exported as BTreeClass);
