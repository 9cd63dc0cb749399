// Stands for the rows of a table that are out of sight.

export function RowSpace({ px, columns }: { readonly px: number; readonly columns: number }) {
  if (px <= 0) return null;
  return (
    <tr class="space">
      <td colSpan={columns} style={{ height: `${px}px` }} />
    </tr>
  );
}
