//! The shape of the source, held by a test: imports point down, nothing goes in circles, functions stay short, and an
//! inquiry crosses at most six files.
//!
//! What is read is the source as `syn` parses it, without what is `#[cfg(test)]`. Paths inside macro calls are read
//! from their tokens. Links in comments are free to point up.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use proc_macro2::{TokenStream, TokenTree};
use syn::spanned::Spanned;
use syn::visit::{self, Visit};

/// A module may use only modules of a smaller layer. The same table stands in the documentation of `lib.rs`.
const LAYERS: [(&str, u32); 18] = [
    ("clock", 0),
    ("snap", 0),
    ("order", 1),
    ("outgoing", 1),
    ("webhook", 1),
    ("payment", 2),
    ("external_id", 2),
    ("cvs", 3),
    ("event", 3),
    ("nicepay", 4),
    ("registration", 5),
    ("adapters", 6),
    ("back_office", 6),
    ("provider", 7),
    ("merchant_api", 8),
    ("simulator", 8),
    ("conformance", 9),
    ("manual", 10),
];

const MAX_LINES: usize = 40;
const MAX_LINES_OF_NINE_IN_TEN: usize = 25;

#[test]
fn imports_point_down() {
    let sources = sources();
    let (found, counted) = upward(&sources);
    println!("{} files, {counted} references between top-level modules", sources.len());
    assert!(sources.len() >= 30 && counted >= 50, "hardly anything was scanned");
    assert_eq!(found, Vec::<String>::new());
}

#[test]
fn the_map_in_lib_rs_is_this_table() {
    let sources = sources();
    let lib = sources.iter().find(|source| source.path == "lib.rs").expect("there is a lib.rs");
    let table: BTreeSet<_> = LAYERS.into_iter().map(|(module, layer)| (module.to_owned(), layer)).collect();
    assert_eq!(layer_table(&lib.file), table);
}

#[test]
fn siblings_go_one_way() {
    let sources = sources();
    let graphs = sibling_graphs(&sources);
    let edges: usize = graphs.values().flat_map(BTreeMap::values).map(BTreeSet::len).sum();
    for ((root, folder), graph) in &graphs {
        let order = order(graph).unwrap_or_else(|knot| panic!("{root} {folder:?} goes in a circle: {knot:?}"));
        println!("{}/{}: {}", root, folder.join("/"), order.join(" → "));
    }
    assert!(graphs.len() >= 4 && edges >= 40, "hardly anything was scanned: {} folders, {edges} edges", graphs.len());
}

#[test]
fn functions_are_short() {
    let mut functions: Vec<_> =
        sources().iter().flat_map(|source| function_lengths(&source.path, &source.file)).collect();
    functions.sort();
    let (count, lines) = (functions.len(), |share: usize| functions[(functions.len() * share).div_ceil(100) - 1].0);
    let (longest, name) = functions.last().expect("there are functions");
    println!("{count} functions: median {}, p90 {}, max {longest} ({name})", lines(50), lines(90));
    assert!(count >= 200, "hardly anything was scanned");
    assert_eq!(too_long(&functions), Vec::<String>::new());
    assert!(lines(90) <= MAX_LINES_OF_NINE_IN_TEN, "one function in ten has more than {} lines", lines(90) - 1);
}

/// The files that one inquiry crosses, each with what it names of the others. A request goes down this list: `mod.rs`
/// hands it to `exchange.rs` together with the work, which is `inquiry.rs`. What `exchange.rs` hands on, `inquiry.rs`
/// and `gate.rs` take by its type, so these name it; it names neither. All may name `order.rs` for its types.
const WALK: [(&str, &[&str]); 6] = [
    ("provider/mod.rs", &["provider/exchange.rs", "provider/inquiry.rs", "order.rs"]),
    ("provider/exchange.rs", &["order.rs"]),
    ("provider/inquiry.rs", &["provider/exchange.rs", "provider/gate.rs", "order.rs"]),
    ("provider/gate.rs", &["provider/exchange.rs", "order.rs"]),
    ("order.rs", &[]),
    ("adapters/sqlite/orders.rs", &["order.rs"]),
];

#[test]
fn an_inquiry_walks_through_six_files() {
    let sources = sources();
    let files: Vec<_> = WALK.iter().map(|(name, _)| walk_file(&sources, name)).collect();
    let graph = file_graph(&sources, &files);
    let mut expected: BTreeMap<_, BTreeSet<_>> = BTreeMap::new();
    for ((_, names), file) in WALK.iter().zip(&files) {
        expected.insert(file.clone(), names.iter().map(|name| walk_file(&sources, name)).collect());
    }
    for (step, file) in files.iter().enumerate() {
        let names: Vec<_> = graph[file].iter().map(String::as_str).collect();
        println!(
            "{} {file} names {}",
            step + 1,
            if names.is_empty() { "none of them".into() } else { names.join(", ") }
        );
    }
    assert!(files.len() <= 6);
    assert_eq!(graph, expected);
    order(&graph).expect("the walk has one direction");
}

// ---- what is read -------------------------------------------------------------------------------------------------

/// A source file. `root` is the crate it belongs to, `src` for the library and `src/bin/nico` for the command.
struct Source {
    root: String,
    path: String,
    module: Vec<String>,
    file: syn::File,
}

impl Source {
    /// `path` is relative to `src`.
    fn parse(path: &str, text: &str) -> Self {
        let (root, inner) = match path.strip_prefix("bin/").and_then(|rest| rest.split_once('/')) {
            Some((command, inner)) => (format!("src/bin/{command}"), inner),
            None => ("src".to_owned(), path),
        };
        let mut module: Vec<_> = inner.trim_end_matches(".rs").split('/').map(str::to_owned).collect();
        module.pop_if(|last| matches!(last.as_str(), "mod" | "lib" | "main"));
        let file = syn::parse_file(text).unwrap_or_else(|error| panic!("{path}: {error}"));
        Self { root, path: path.to_owned(), module, file }
    }

    fn references(&self, modules: &BTreeSet<Vec<String>>) -> BTreeSet<Vec<String>> {
        let mut references = References { module: self.module.clone(), modules, found: BTreeSet::new() };
        references.visit_file(&self.file);
        references.found
    }
}

fn sources() -> Vec<Source> {
    fn read(folder: &Path, src: &Path, sources: &mut Vec<Source>) {
        for entry in fs::read_dir(folder).expect("src can be listed") {
            let path = entry.expect("src can be listed").path();
            if path.is_dir() {
                read(&path, src, sources);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let name = path.strip_prefix(src).expect("it lies in src").to_str().expect("names are UTF-8");
                sources.push(Source::parse(name, &fs::read_to_string(&path).expect("a source can be read")));
            }
        }
    }
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut sources = Vec::new();
    read(&src, &src, &mut sources);
    sources.sort_by(|a, b| a.path.cmp(&b.path));
    sources
}

/// The modules of a crate that are files.
fn modules(sources: &[Source], root: &str) -> BTreeSet<Vec<String>> {
    sources.iter().filter(|source| source.root == root).map(|source| source.module.clone()).collect()
}

/// Every path that leads into the same crate, from the crate's root on.
struct References<'m> {
    module: Vec<String>,
    modules: &'m BTreeSet<Vec<String>>,
    found: BTreeSet<Vec<String>>,
}

impl References<'_> {
    fn note(&mut self, path: &[String]) {
        let mut full = self.module.clone();
        let mut rest = path;
        match path.first().map(String::as_str) {
            Some("crate") => (full, rest) = (Vec::new(), &path[1..]),
            Some("self") => rest = &path[1..],
            Some("super") => {}
            // A bare name is a child of this module, or none of ours.
            Some(name) if path.len() > 1 && self.modules.contains(&[&full[..], &[name.to_owned()]].concat()) => {}
            _ => return,
        }
        while rest.first().is_some_and(|segment| segment == "super") {
            full.pop();
            rest = &rest[1..];
        }
        full.extend_from_slice(rest);
        self.found.insert(full);
    }

    fn note_use(&mut self, tree: &syn::UseTree, before: &[String]) {
        let mut leaf = |name: String| match name.as_str() {
            "self" => self.note(before),
            _ => self.note(&[before, &[name]].concat()),
        };
        match tree {
            syn::UseTree::Name(name) => leaf(name.ident.to_string()),
            syn::UseTree::Rename(rename) => leaf(rename.ident.to_string()),
            syn::UseTree::Glob(_) => leaf("*".to_owned()),
            syn::UseTree::Path(path) => self.note_use(&path.tree, &[before, &[path.ident.to_string()]].concat()),
            syn::UseTree::Group(group) => group.items.iter().for_each(|tree| self.note_use(tree, before)),
        }
    }

    /// The paths in a macro's tokens: names with `::` between them.
    fn note_tokens(&mut self, tokens: TokenStream) {
        let mut path: Vec<String> = Vec::new();
        let mut colons = 0;
        for tree in tokens {
            match &tree {
                TokenTree::Punct(punct) if punct.as_char() == ':' => colons += 1,
                TokenTree::Ident(ident) => {
                    if colons != 2 {
                        self.note(&std::mem::take(&mut path));
                    }
                    path.push(ident.to_string());
                    colons = 0;
                }
                TokenTree::Group(_) | TokenTree::Punct(_) | TokenTree::Literal(_) => {
                    self.note(&std::mem::take(&mut path));
                    colons = 0;
                }
            }
            if let TokenTree::Group(group) = tree {
                self.note_tokens(group.stream());
            }
        }
        self.note(&path);
    }
}

impl<'ast> Visit<'ast> for References<'_> {
    fn visit_item_mod(&mut self, item: &'ast syn::ItemMod) {
        if !is_test(&item.attrs) {
            self.module.push(item.ident.to_string());
            visit::visit_item_mod(self, item);
            self.module.pop();
        }
    }

    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        if !is_test(&item.attrs) && item.leading_colon.is_none() {
            self.note_use(&item.tree, &[]);
        }
    }

    fn visit_item_fn(&mut self, item: &'ast syn::ItemFn) {
        if !is_test(&item.attrs) {
            visit::visit_item_fn(self, item);
        }
    }

    fn visit_item_impl(&mut self, item: &'ast syn::ItemImpl) {
        if !is_test(&item.attrs) {
            visit::visit_item_impl(self, item);
        }
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        if path.leading_colon.is_none() {
            self.note(&path.segments.iter().map(|segment| segment.ident.to_string()).collect::<Vec<_>>());
        }
        visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, call: &'ast syn::Macro) {
        self.note_tokens(call.tokens.clone());
        visit::visit_macro(self, call);
    }
}

/// `#[cfg(test)]`, `#[test]`
fn is_test(attributes: &[syn::Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        let word = |list: &syn::MetaList| list.path.is_ident("cfg") && list.tokens.to_string() == "test";
        match &attribute.meta {
            syn::Meta::Path(path) => path.is_ident("test"),
            syn::Meta::List(list) => word(list),
            syn::Meta::NameValue(_) => false,
        }
    })
}

// ---- layers -------------------------------------------------------------------------------------------------------

/// What points up, sideways or out of the map, and how many references were looked at.
fn upward(sources: &[Source]) -> (Vec<String>, usize) {
    let modules = modules(sources, "src");
    let layer = |name: &str| LAYERS.iter().find(|(module, _)| *module == name).map(|(_, layer)| *layer);
    let tops: BTreeSet<_> = modules.iter().filter_map(|module| module.first()).collect();
    let unplaced = tops.into_iter().filter(|top| layer(top).is_none());
    let mut found: Vec<_> = unplaced.map(|top| format!("the module {top} has no layer")).collect();
    let mut counted = 0;
    for source in sources.iter().filter(|source| source.root == "src") {
        let Some(user) = source.module.first() else { continue };
        for reference in source.references(&modules) {
            let Some(used) = reference.first().filter(|used| *used != user) else { continue };
            counted += 1;
            let Some(used_layer) = layer(used) else {
                found.push(format!("{} names crate::{used}, which is no module: name it where it lives", source.path));
                continue;
            };
            if layer(user).is_some_and(|layer| used_layer >= layer) {
                found.push(format!("{} names {}", source.path, reference.join("::")));
            }
        }
    }
    (found, counted)
}

/// The rows ``| 0 | [`clock`] | …`` of a file's documentation.
fn layer_table(file: &syn::File) -> BTreeSet<(String, u32)> {
    let row = |line: &str| {
        let mut cells = line.trim().strip_prefix('|')?.split('|').map(str::trim);
        let layer = cells.next()?.parse().ok()?;
        let module = cells.next()?.strip_prefix("[`")?.strip_suffix("`]")?;
        Some((module.to_owned(), layer))
    };
    file.attrs.iter().filter_map(doc_line).filter_map(|line| row(&line)).collect()
}

fn doc_line(attribute: &syn::Attribute) -> Option<String> {
    let syn::Meta::NameValue(syn::MetaNameValue { path, value, .. }) = &attribute.meta else { return None };
    let syn::Expr::Lit(syn::ExprLit { lit: syn::Lit::Str(text), .. }) = value else { return None };
    path.is_ident("doc").then(|| text.value())
}

// ---- circles ------------------------------------------------------------------------------------------------------

/// Who names whom.
type Graph = BTreeMap<String, BTreeSet<String>>;

/// For each folder of each crate, which of its files and folders name which. A child may name what its parent holds;
/// but what the parent only passes on from another child is that child's.
fn sibling_graphs(sources: &[Source]) -> BTreeMap<(String, Vec<String>), Graph> {
    let mut graphs: BTreeMap<_, Graph> = BTreeMap::new();
    for source in sources {
        let modules = modules(sources, &source.root);
        let references = source.references(&modules);
        for (depth, node) in source.module.iter().enumerate() {
            let folder = &source.module[..depth];
            let passed_on = passed_on(sources, &source.root, folder, &modules);
            let graph = graphs.entry((source.root.clone(), folder.to_vec())).or_default();
            let named = graph.entry(node.clone()).or_default();
            for name in references.iter().filter(|path| path.starts_with(folder)).filter_map(|path| path.get(depth)) {
                let is_module = modules.contains(&[folder, std::slice::from_ref(name)].concat());
                let sibling = if is_module { Some(name) } else { passed_on.get(name) };
                named.extend(sibling.filter(|sibling| *sibling != node).cloned());
            }
        }
    }
    graphs
}

/// The names that a folder's own file takes from its children: name → child.
fn passed_on(
    sources: &[Source],
    root: &str,
    folder: &[String],
    modules: &BTreeSet<Vec<String>>,
) -> BTreeMap<String, String> {
    let parents = sources.iter().filter(|source| source.root == root && source.module == folder);
    let mut names = BTreeMap::new();
    for reference in parents.flat_map(|parent| parent.references(modules)) {
        if let (true, [child, .., name]) =
            (reference.starts_with(folder), &reference[folder.len().min(reference.len())..])
        {
            names.insert(name.clone(), child.clone());
        }
    }
    names
}

/// An order in which each comes before what it names; or else the circles, and what lies between two of them.
fn order(graph: &Graph) -> Result<Vec<&str>, Vec<&str>> {
    let mut left: BTreeSet<&str> = graph.keys().map(String::as_str).collect();
    let mut order = Vec::new();
    while let Some(node) = left.iter().copied().find(|node| !left.iter().any(|other| graph[*other].contains(*node))) {
        left.remove(node);
        order.push(node);
    }
    while let Some(node) = left.iter().copied().find(|node| left.iter().all(|other| !graph[*node].contains(*other))) {
        left.remove(node);
    }
    if left.is_empty() { Ok(order) } else { Err(left.into_iter().collect()) }
}

// ---- lengths ------------------------------------------------------------------------------------------------------

/// Each function's lines, from `fn` to its last brace, blank lines and comments and all.
fn function_lengths(path: &str, file: &syn::File) -> Vec<(usize, String)> {
    let mut lengths = Lengths { path, found: Vec::new() };
    lengths.visit_file(file);
    lengths.found
}

fn too_long(functions: &[(usize, String)]) -> Vec<String> {
    let long = functions.iter().filter(|(lines, _)| *lines > MAX_LINES);
    long.map(|(lines, name)| format!("{name} has {lines} lines")).collect()
}

struct Lengths<'p> {
    path: &'p str,
    found: Vec<(usize, String)>,
}

impl Lengths<'_> {
    fn note(&mut self, signature: &syn::Signature, block: &syn::Block) {
        let lines = block.span().end().line - signature.span().start().line + 1;
        self.found.push((lines, format!("{}: {}", self.path, signature.ident)));
    }
}

impl<'ast> Visit<'ast> for Lengths<'_> {
    fn visit_item_mod(&mut self, item: &'ast syn::ItemMod) {
        if !is_test(&item.attrs) {
            visit::visit_item_mod(self, item);
        }
    }

    fn visit_item_fn(&mut self, item: &'ast syn::ItemFn) {
        if !is_test(&item.attrs) {
            self.note(&item.sig, &item.block);
            visit::visit_item_fn(self, item);
        }
    }

    fn visit_impl_item_fn(&mut self, item: &'ast syn::ImplItemFn) {
        self.note(&item.sig, &item.block);
        visit::visit_impl_item_fn(self, item);
    }

    fn visit_trait_item_fn(&mut self, item: &'ast syn::TraitItemFn) {
        if let Some(block) = &item.default {
            self.note(&item.sig, block);
        }
        visit::visit_trait_item_fn(self, item);
    }
}

// ---- the walk -----------------------------------------------------------------------------------------------------

/// The file of a step. A step that names a folder is the file there (or beside it) that brings an `OrderRepository`.
fn walk_file(sources: &[Source], name: &str) -> String {
    let mut named = sources.iter().filter(|source| {
        let inside = source.path.strip_prefix(name).is_some_and(|rest| rest == ".rs" || rest.starts_with('/'));
        source.path == name || inside && implements(&source.file, "OrderRepository")
    });
    let (first, second) = (named.next(), named.next());
    let file = first.unwrap_or_else(|| panic!("the walk has no {name}"));
    assert!(second.is_none(), "{name} is more than one file of the walk");
    file.path.clone()
}

fn implements(file: &syn::File, name: &str) -> bool {
    file.items.iter().any(|item| {
        let syn::Item::Impl(item) = item else { return false };
        item.trait_.as_ref().is_some_and(|(path, _)| path.segments.last().is_some_and(|last| last.ident == name))
    })
}

/// Which of these files name which; not counted is what a child names of its parent.
fn file_graph(sources: &[Source], files: &[String]) -> Graph {
    let modules = modules(sources, "src");
    let chosen: Vec<_> = sources.iter().filter(|source| files.contains(&source.path)).collect();
    let module_of = |path: &[String]| {
        let longest = (0..=path.len()).rev().find(|length| modules.contains(&path[..*length]));
        path[..longest.unwrap_or(0)].to_vec()
    };
    let names = |source: &Source| {
        let used: BTreeSet<_> = source.references(&modules).iter().map(|path| module_of(path)).collect();
        let others = chosen.iter().filter(|other| other.path != source.path && used.contains(&other.module));
        others.filter(|other| !source.module.starts_with(&other.module)).map(|other| other.path.clone()).collect()
    };
    chosen.iter().map(|source| (source.path.clone(), names(source))).collect()
}

/// Each check is shown something bad and must find it.
mod proofs {
    use super::*;

    fn these(files: &[(&str, &str)]) -> Vec<Source> {
        files.iter().map(|(path, text)| Source::parse(path, text)).collect()
    }

    fn upward_in(path: &str, text: &str) -> Vec<String> {
        upward(&these(&[("clock.rs", ""), ("order.rs", ""), ("provider/mod.rs", ""), (path, text)])).0
    }

    #[test]
    fn an_upward_reference_is_found_however_it_is_written() {
        for text in [
            "use crate::provider::Provider;",
            "use crate::{provider::{self as p}, snap::key::PublicKey};",
            "pub use super::super::provider::*;",
            "fn f(x: &crate::provider::Provider) {}",
            "fn f() { let x = super::super::provider::MAX_BODY; }",
            "fn f() { assert!(x == [(crate::provider::MAX_BODY, 1)]); }",
            "macro_rules! m { () => { $crate::provider::Provider } }",
            "mod inner { use super::super::super::provider::Provider; }",
            "impl crate::provider::T for X {}",
            "use crate::cvs::inquiry::InquiryRequest;",
        ] {
            let found = upward_in("snap/amount.rs", text);
            assert_eq!(found.len(), 1, "{text}: {found:?}");
        }
        assert_eq!(
            upward_in("snap/key.rs", "use crate::clock::Clock;"),
            ["snap/key.rs names clock::Clock"],
            "sideways"
        );
        assert_eq!(upward_in("cvs/mod.rs", "use crate::PayNo;").len(), 1, "past the layers, through lib.rs");
        assert_eq!(upward_in("utils.rs", ""), ["the module utils has no layer"]);
    }

    #[test]
    fn what_is_allowed_is_let_be() {
        for text in [
            "use crate::order::PayNo; use crate::clock::Clock; use super::header::one; use std::provider::X;",
            "#[cfg(test)] mod tests { use crate::provider::Provider; }",
            "/// [`crate::provider::Provider`] uses it.\npub(crate) struct X;",
            "pub(in crate::adapters) fn f() { provider::go() }",
        ] {
            assert_eq!(upward_in("adapters/memory.rs", text), Vec::<String>::new(), "{text}");
        }
    }

    fn knots(files: &[(&str, &str)]) -> Vec<Vec<String>> {
        let graphs = sibling_graphs(&these(files));
        let knots = graphs.values().filter_map(|graph| order(graph).err());
        knots.map(|knot| knot.into_iter().map(str::to_owned).collect()).collect()
    }

    #[test]
    fn a_circle_is_found_and_a_parent_is_none() {
        let parent = ("provider/mod.rs", "mod a; mod b; mod c; pub use b::B; pub struct Own;");
        let (a, b, c) = ("provider/a.rs", "provider/b.rs", "provider/c.rs");
        let line = [(a, "use super::b::B; use super::Own;"), (b, "use super::c;"), (c, "use super::Own;")];
        assert_eq!(knots(&[&[parent][..], &line].concat()), Vec::<Vec<String>>::new());
        let back = [(a, "use super::b::B;"), (b, "use super::c;"), (c, "fn f() { crate::provider::a::go() }")];
        assert_eq!(knots(&[&[parent][..], &back].concat()), [["a", "b", "c"]]);
        let hidden = [(a, "use super::B;"), (b, "use super::a::A;"), (c, "")];
        assert_eq!(knots(&[&[parent][..], &hidden].concat()), [["a", "b"]], "what mod.rs passes on is b's");
        let folders = [("x/mod.rs", ""), ("x/y/mod.rs", ""), ("x/y/deep.rs", "use crate::x::z::Z;")];
        assert_eq!(knots(&[&folders[..], &[("x/z.rs", "use super::y::deep::D;")]].concat()), [["y", "z"]]);
        let command = [("bin/nico/main.rs", ""), ("bin/nico/a.rs", "use crate::b::B;")];
        assert_eq!(knots(&[&command[..], &[("bin/nico/b.rs", "use super::a::A;")]].concat()), [["a", "b"]]);
    }

    #[test]
    fn a_long_function_is_found_wherever_it_stands() {
        let function = |lines: usize| format!("fn long() {{\n{}}}\n", "    // a line\n".repeat(lines - 2));
        let (long, short) = (function(41), function(40));
        let found = |text: &str| too_long(&function_lengths("x.rs", &Source::parse("x.rs", text).file));
        assert_eq!(found(&long), ["x.rs: long has 41 lines"]);
        assert_eq!(found(&short), Vec::<String>::new());
        for text in [
            format!("impl X {{ {long} }}"),
            format!("trait X {{ {long} }}"),
            format!("mod m {{ {long} }}"),
            format!("fn outer() {{ {short} {short} }}"),
        ] {
            assert_eq!(found(&text).len(), 1, "{text}");
        }
        assert_eq!(found(&format!("#[cfg(test)] mod tests {{ {long} }}")), Vec::<String>::new());
    }

    #[test]
    fn a_walk_that_goes_back_is_found() {
        let files = these(&[
            ("order.rs", "use crate::provider::gate::Gate;"),
            ("provider/mod.rs", "mod gate;"),
            ("provider/gate.rs", "use super::Provider; use crate::order::Order;"),
            ("adapters/sqlite/mod.rs", "mod orders;"),
            ("adapters/sqlite/orders.rs", "impl crate::order::OrderRepository for X {}"),
        ]);
        let walk = ["order.rs", "provider/gate.rs", "provider/mod.rs", "adapters/sqlite"];
        let walk = walk.map(|name| walk_file(&files, name));
        assert_eq!(walk[3], "adapters/sqlite/orders.rs");
        let graph = file_graph(&files, &walk);
        assert_eq!(graph["provider/gate.rs"], ["order.rs".to_owned()].into(), "the parent's types are free");
        assert_eq!(order(&graph), Err(vec!["order.rs", "provider/gate.rs"]));
    }

    #[test]
    fn a_table_is_read_from_the_documentation() {
        let lib = Source::parse("lib.rs", "//! | layer | module |\n//! |---|---|\n//! | 3 | [`cvs`] | x |\n");
        assert_eq!(layer_table(&lib.file), [("cvs".to_owned(), 3)].into());
    }
}
