//! `#[test]` for the `world` binary. It registers the test with the binary's own harness, which can report a running
//! test as skipped. Rust's own harness cannot.

use proc_macro::TokenStream;
use quote::quote;
use syn::parse::Nothing;
use syn::{Ident, ItemFn, parse_macro_input};

/// Registers a test, synchronous or `async`. With `#[test(start_paused)]` the clock of an `async` test is paused, and
/// jumps to the next timer whenever every task waits.
#[proc_macro_attribute]
pub fn test(arguments: TokenStream, item: TokenStream) -> TokenStream {
    let test = parse_macro_input!(item as ItemFn);
    let paused = if arguments.is_empty() {
        parse_macro_input!(arguments as Nothing);
        false
    } else {
        let argument = parse_macro_input!(arguments as Ident);
        if argument != "start_paused" || test.sig.asyncness.is_none() {
            let error = syn::Error::new(argument.span(), "only an `async` test can be `start_paused`");
            return error.into_compile_error().into();
        }
        true
    };
    let name = &test.sig.ident;
    let run = match (test.sig.asyncness, paused) {
        (None, _) => quote!(crate::harness::Outcome::from(#name())),
        (Some(_), false) => quote!(crate::harness::Outcome::from(crate::harness::block_on(#name()))),
        (Some(_), true) => quote!(crate::harness::Outcome::from(crate::harness::block_on_paused(#name()))),
    };
    quote! {
        #test

        ::inventory::submit! {
            crate::harness::Test {
                module: ::core::module_path!(),
                name: ::core::stringify!(#name),
                run: || #run,
            }
        }
    }
    .into()
}
