//! Dividing a whole number so that the parts sum to it.

/// Divides `total` in proportion to the weights, by the method of the largest remainder: no part
/// is a whole one or more away from its share. Of equal remainders the first wins. Where all
/// weights are zero, the first takes all.
pub(super) fn apportion(total: u64, weights: &[u64]) -> Vec<u64> {
    let sum: u128 = weights.iter().map(|&weight| u128::from(weight)).sum();
    if sum == 0 {
        return weights.iter().enumerate().map(|(at, _)| if at == 0 { total } else { 0 }).collect();
    }
    let share = |weight: u64| u128::from(total) * u128::from(weight);
    let mut parts: Vec<u64> = weights.iter().map(|&it| (share(it) / sum) as u64).collect();
    let mut order: Vec<usize> = (0..weights.len()).collect();
    order.sort_by_key(|&at| std::cmp::Reverse(share(weights[at]) % sum));
    let left = total - parts.iter().sum::<u64>();
    for &at in order.iter().take(left as usize) {
        parts[at] += 1;
    }
    parts
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn remainders_go_to_the_largest_then_to_the_first() {
        assert_eq!(apportion(10, &[1, 1, 1]), [4, 3, 3]);
        assert_eq!(apportion(100, &[5, 20, 8]), [15, 61, 24]);
        assert_eq!(apportion(7, &[0, 0]), [7, 0]);
        assert_eq!(apportion(u64::MAX, &[u64::MAX, u64::MAX]), [1 << 63, (1 << 63) - 1]);
    }

    proptest! {
        #[test]
        fn parts_sum_to_the_whole_and_are_near_their_shares(
            total: u64,
            weights in proptest::collection::vec(any::<u64>(), 1..20),
        ) {
            let parts = apportion(total, &weights);
            prop_assert_eq!(parts.iter().map(|&it| u128::from(it)).sum::<u128>(), u128::from(total));
            let sum: u128 = weights.iter().map(|&it| u128::from(it)).sum();
            for (&part, &weight) in parts.iter().zip(&weights).filter(|_| sum > 0) {
                let share = u128::from(total) * u128::from(weight) / sum;
                prop_assert!(u128::from(part) == share || u128::from(part) == share + 1);
            }
        }
    }
}
